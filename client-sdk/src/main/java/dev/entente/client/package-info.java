/**
 * The client with which services start transactions and look at them. Open {@link dev.entente.client.Entente} first. It
 * may use gRPC, protobuf, {@code dev.entente.v1} and {@code dev.entente.wire}. It must never need the server's classes,
 * nor the nouns of those who take part in transactions.
 */
@NullMarked
package dev.entente.client;

import org.jspecify.annotations.NullMarked;
