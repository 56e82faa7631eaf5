/**
 * The extension point for brokers: a connector sends a coordinator's records to a broker. Connectors are optional,
 * separate jars, found by {@link java.util.ServiceLoader}.
 */
@NullMarked
package dev.entente.server.connector;

import org.jspecify.annotations.NullMarked;
