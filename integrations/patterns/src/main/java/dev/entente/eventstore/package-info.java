/**
 * Events as the record of changes to business objects, in the service's own database. Read {@link
 * dev.entente.eventstore.EventStore} first, then {@link dev.entente.eventstore.Aggregates} and {@link
 * dev.entente.eventstore.Projection}. This package may use JDBC. It must not depend on global transactions.
 */
@NullMarked
package dev.entente.eventstore;

import org.jspecify.annotations.NullMarked;
