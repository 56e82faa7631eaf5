/**
 * The channels by which a client reaches coordinators and participants, and what each call meets on the way. Open
 * {@link dev.entente.client.channel.ClientChannels} first, then {@code SeveralCoordinators}. It may use gRPC, protobuf
 * and {@code dev.entente.wire}. It must never make a call again, nor know what one asks for.
 */
@Internal
@NullMarked
package dev.entente.client.channel;

import dev.entente.Internal;
import org.jspecify.annotations.NullMarked;
