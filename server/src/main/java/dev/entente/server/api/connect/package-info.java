/**
 * The services within this process: for the console, and as JSON over HTTP by Connect's protocol for unary calls. May
 * use Jetty, gRPC, {@code api.wire}, {@code api.access} and the codec. Must never know a service, nor the permissions
 * of callers. Read {@link dev.entente.server.api.connect.ConnectCalls} first.
 */
@NullMarked
package dev.entente.server.api.connect;

import org.jspecify.annotations.NullMarked;
