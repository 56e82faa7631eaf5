/**
 * A service as users write it, for runs with the SDK's jar and other versions of protobuf and grpc.
 * {@link dev.entente.compat.Kiosk} is its main class; it may use the public API of the SDK alone.
 */
@NullMarked
package dev.entente.compat;

import org.jspecify.annotations.NullMarked;
