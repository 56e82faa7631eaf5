/**
 * The services of a small shop that take part in transactions, and react to each other's events. It may use the client
 * SDK's participant side and a PostgreSQL database per service. It must never access the coordinator or its database.
 *
 * <p>Read {@link dev.entente.demo.ParticipantMain} first, then {@link dev.entente.demo.StockService}.
 */
@NullMarked
package dev.entente.demo;

import org.jspecify.annotations.NullMarked;
