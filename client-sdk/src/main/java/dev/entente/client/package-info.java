/**
 * The client with which services start and observe transactions. Read {@link dev.entente.client.Entente} first. This
 * package may use gRPC, protobuf, {@code dev.entente.v1} and {@code dev.entente.wire}. It must not depend on the
 * server's classes or on the participant's types.
 */
@NullMarked
package dev.entente.client;

import org.jspecify.annotations.NullMarked;
