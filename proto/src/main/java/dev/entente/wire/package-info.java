/**
 * The part of the protocol beside the messages themselves: names of metadata, trace context, error details, times and
 * decisions. Open {@link dev.entente.wire.BranchMetadata} first. It may use gRPC, HTTP, protobuf and {@code com.google.rpc}.
 * It must never know what a plan or a barrier is.
 */
@NullMarked
package dev.entente.wire;

import org.jspecify.annotations.NullMarked;
