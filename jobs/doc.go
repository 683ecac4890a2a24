// Package jobs runs the work of connections on River, the durable job queue, on
// SQLite and on PostgreSQL alike. It is the only package that knows River.
//
// What is owed stands in the domain tables, and when a connection is due stands in
// the schedules table. A job is only the occasion to work it off: it carries a
// connection's id, there is never more than one of a connection, and it is always
// inserted for now. So a job that is lost, doubled or late does no harm.
package jobs
