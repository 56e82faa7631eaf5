/**
 * Events as the record of what happened to business objects, in the service's own database. Open {@link
 * dev.entente.eventstore.EventStore} first, then {@link dev.entente.eventstore.Aggregates} and {@link
 * dev.entente.eventstore.Projection}. It may use JDBC. It must
 * never know a global transaction.
 */
@NullMarked
package dev.entente.eventstore;

import org.jspecify.annotations.NullMarked;
