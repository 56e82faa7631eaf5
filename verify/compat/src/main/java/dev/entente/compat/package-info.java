/**
 * A service as users write it, for runs with the SDK's jar and other versions of protobuf and grpc. {@link
 * dev.entente.compat.Kiosk} is the main class. The package may use only the public API of the SDK.
 */
@NullMarked
package dev.entente.compat;

import org.jspecify.annotations.NullMarked;
