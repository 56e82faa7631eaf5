package dev.entente.server.api;

import dev.entente.server.api.access.PeerProof;
import dev.entente.server.participant.signing.SigningKey;
import java.time.Instant;
import java.util.List;

/** Proofs with the key that all coordinators of a test share. */
final class Proofs {
    private Proofs() {}

    static PeerProof of(String node) {
        return of(node, 7);
    }

    /** With a key that is nobody else's. */
    static PeerProof of(String node, int seed) {
        byte[] secret = new byte[32];
        secret[0] = (byte) seed;
        return new PeerProof(node, List.of(new SigningKey(1, secret)), Instant::now);
    }
}
