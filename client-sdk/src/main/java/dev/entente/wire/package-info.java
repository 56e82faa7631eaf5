/**
 * What callers, participants and the coordinator say to each other beside the messages themselves: names of metadata,
 * trace context, error details, and what was decided; open {@link dev.entente.wire.BranchMetadata} first. It may use gRPC, protobuf and
 * {@code com.google.rpc}. It must never know what a plan or a barrier is.
 */
@NullMarked
package dev.entente.wire;

import org.jspecify.annotations.NullMarked;
