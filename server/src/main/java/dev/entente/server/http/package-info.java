/**
 * The HTTP port: pages for probes and scrapers, and the way of a call to whoever answers it. It may use telemetry,
 * Jetty and the codes of errors. It must never know a transaction, nor a service. Open {@link
 * dev.entente.server.http.HttpPort} first.
 */
@NullMarked
package dev.entente.server.http;

import org.jspecify.annotations.NullMarked;
