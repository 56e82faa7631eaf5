/**
 * The channels by which a client reaches coordinators and participants, and the interceptors of their calls. Open
 * {@link dev.entente.client.channel.ClientChannels} first, then {@code FailoverChannel}. This package may use gRPC,
 * protobuf and {@code dev.entente.wire}. It must not repeat a call, nor depend on its meaning.
 */
@Internal
@NullMarked
package dev.entente.client.channel;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
