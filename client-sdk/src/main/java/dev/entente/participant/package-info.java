/**
 * What a service uses to take part in transactions. It may use gRPC, protobuf, JDBC and {@code dev.entente.v1}. It must never need the server's
 * classes.
 */
@NullMarked
package dev.entente.participant;

import org.jspecify.annotations.NullMarked;
