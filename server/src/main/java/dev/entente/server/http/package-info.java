/**
 * The HTTP port: pages for probes and scrapers. It may use telemetry and Jetty. It must never know a transaction. Open {@link dev.entente.server.http.HttpPort} first.
 */
@NullMarked
package dev.entente.server.http;

import org.jspecify.annotations.NullMarked;
