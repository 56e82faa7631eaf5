/**
 * One call over a channel, from its first attempt to its answer: the transport, the retries and the result. Read {@link
 * dev.entente.client.call.RetryingCall} first. This package may use gRPC, Protobuf, the HTTP client of the JDK, {@code
 * dev.entente.v1}, {@code dev.entente.stream}, {@code dev.entente.wire} and {@code dev.entente.client.channel}. It must
 * not decide what a failure means to the caller.
 */
@Internal
@NullMarked
package dev.entente.client.call;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
