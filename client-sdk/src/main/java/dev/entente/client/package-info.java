/**
 * What a service uses to start transactions. It may use gRPC, protobuf and {@code dev.entente.v1}. It must never need the server's classes.
 */
@NullMarked
package dev.entente.client;

import org.jspecify.annotations.NullMarked;
