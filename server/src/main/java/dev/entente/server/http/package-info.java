/**
 * The HTTP port: responses to probes and scrapers, and the path of a call or a page to its handler. May use telemetry,
 * Jetty and the codes of errors. Must never know a transaction, nor a service. Read {@link
 * dev.entente.server.http.HttpPort} first.
 */
@NullMarked
package dev.entente.server.http;

import org.jspecify.annotations.NullMarked;
