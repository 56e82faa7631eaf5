package dev.entente.server.api;

import dev.entente.server.api.access.PeerProof;
import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import dev.entente.server.store.Database;
import dev.entente.server.store.admin.SigningKeys;
import java.time.Instant;
import java.util.List;

/** Makes the proofs with which coordinators name the caller. */
final class Proofs {
    private Proofs() {}

    /** Signs with the keys that all coordinators of that database share. */
    static PeerProof of(String node, Database database) {
        return new PeerProof(node, seal(database), Instant::now);
    }

    static Seal seal(Database database) {
        try (SigningKeys stored = new SigningKeys(database, PeerProof.PURPOSE)) {
            return new Seal(
                    PeerProof.PURPOSE,
                    stored.read().stream()
                            .map(key -> new SigningKey(key.id(), key.secret().toByteArray()))
                            .toList());
        }
    }

    /** Signs with a key that no coordinator has. */
    static PeerProof forged(String node) {
        return new PeerProof(node, new Seal(PeerProof.PURPOSE, List.of(new SigningKey(1, new byte[32]))), Instant::now);
    }
}
