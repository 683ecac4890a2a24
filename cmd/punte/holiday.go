package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"punte"
)

type holidayCommand struct {
	lookSettings
	Until string `placeholder:"DATE" help:"Last day of the holiday, YYYY-MM-DD; until then nobody is told that the shop has no orders."`
	End   bool   `help:"The holiday is over."`
}

// Run notes when the shop is closed.
func (c *holidayCommand) Run(ctx context.Context, env environment) error {
	if (c.Until == "") == !c.End {
		return errors.New("give --until with the last day of the holiday, or --end")
	}
	conn, keys, e, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer closeStore()
	var until time.Time
	if !c.End {
		day, err := punte.ParseDate(c.Until)
		if err != nil {
			return fmt.Errorf("--until: %w", err)
		}
		until = day.Midnight(conn.UNAS.Zone).AddDate(0, 0, 1)
		if !until.After(e.Now()) {
			return fmt.Errorf("--until: %s is over; give a day to come, or --end", c.Until)
		}
	}
	id, err := synchronised(ctx, e, conn, keys)
	if err != nil {
		return err
	}
	if err := e.HolidayUntil(ctx, id, until); err != nil {
		return err
	}
	text := "the holiday is over"
	if !c.End {
		text = "holiday until " + c.Until
	}
	if c.JSON {
		return printJSON(env.out, map[string]string{"holiday_until": c.Until})
	}
	_, err = fmt.Fprintln(env.out, text)
	return err
}
