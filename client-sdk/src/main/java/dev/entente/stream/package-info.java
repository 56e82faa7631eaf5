/**
 * Many submits over one stream, as the client sends them; open {@link
 * dev.entente.stream.SubmitStream} first. It may use gRPC, protobuf and {@code dev.entente.v1}; it is public for load
 * generators that do without the rest of the SDK. It must never retry, nor look into a plan.
 */
@Internal
@NullMarked
package dev.entente.stream;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
