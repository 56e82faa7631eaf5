/**
 * The processes that a measurement runs beside Entente: the participant, the bare relay and the hand-written sagas, all
 * with the same tuned gRPC. It may use gRPC, JDBC and a connection pool. It must never use a class of the server or the
 * client SDK.
 *
 * <p>Read {@link dev.entente.bench.peer.PeerMain} first.
 */
@NullMarked
package dev.entente.bench.peer;

import org.jspecify.annotations.NullMarked;
