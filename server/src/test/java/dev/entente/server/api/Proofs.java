package dev.entente.server.api;

import dev.entente.server.api.access.PeerProof;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** Proofs of who calls: with the key that all coordinators of a test share, and with tokens of a file. */
final class Proofs {
    private Proofs() {}

    static TokenFile tokens(Path file) throws IOException {
        return TokenFile.open(file, TokenFile.Times.local(), Metrics.none());
    }

    static PeerProof of(String node) {
        return of(node, 7);
    }

    /** With a key that is nobody else's. */
    static PeerProof of(String node, int seed) {
        return new PeerProof(node, seal(seed), Instant::now);
    }

    static Seal seal(int seed) {
        byte[] secret = new byte[32];
        secret[0] = (byte) seed;
        return new Seal(PeerProof.PURPOSE, List.of(new SigningKey(1, secret)));
    }
}
