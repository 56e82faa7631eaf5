/**
 * The services within this process: for the console, and as JSON over HTTP by Connect's protocol for unary calls. It may
 * use Jetty, gRPC, the way of a call and the codec. It must never know a service, nor who may call what. Open {@link
 * dev.entente.server.api.connect.ConnectCalls} first.
 */
@NullMarked
package dev.entente.server.api.connect;

import org.jspecify.annotations.NullMarked;
