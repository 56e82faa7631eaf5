/**
 * Many submits of a client over one stream; open {@link dev.entente.stream.SubmitStream} first. This package may use
 * gRPC, protobuf and {@code dev.entente.v1}; it is public for load generators without the rest of the SDK. It must not
 * retry, nor read a plan.
 */
@Internal
@NullMarked
package dev.entente.stream;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
