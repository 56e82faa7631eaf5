/**
 * The seam for brokers: a connector takes a coordinator's records to one. Connectors are optional jars of their own,
 * found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package dev.entente.server.connector;

import org.jspecify.annotations.NullMarked;
