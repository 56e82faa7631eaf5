/**
 * The part of the protocol besides the messages: names of metadata, trace context, error details, times and decisions.
 * Read {@link dev.entente.wire.BranchMetadata} first. The package may use gRPC, HTTP, protobuf and {@code
 * com.google.rpc}. It must never know the content of a plan or a barrier.
 */
@NullMarked
package dev.entente.wire;

import org.jspecify.annotations.NullMarked;
