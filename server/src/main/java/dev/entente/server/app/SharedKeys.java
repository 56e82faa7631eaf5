package dev.entente.server.app;

import dev.entente.server.api.access.PeerProof;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import dev.entente.server.store.Database;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.admin.SigningKeys;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Opens the signers with keys that all coordinators of one database share, and updates their keys. */
final class SharedKeys implements AutoCloseable {
    private final Database database;
    private final List<SigningKeys> followed = new ArrayList<>();

    SharedKeys(Database database) {
        this.database = database;
    }

    /** @throws dev.entente.server.store.StartupFailure if the keys cannot be read */
    JoinTokens joins() {
        return new JoinTokens(seal(JoinTokens.PURPOSE));
    }

    /**
     * @param clock the common time of all coordinators
     * @throws dev.entente.server.store.StartupFailure if the keys cannot be read
     */
    PeerProof peers(String node, Supplier<Instant> clock) {
        return new PeerProof(node, seal(PeerProof.PURPOSE), clock);
    }

    private Seal seal(String purpose) {
        SigningKeys stored = new SigningKeys(database, purpose);
        followed.add(stored);
        try {
            Seal seal = new Seal(purpose, keys(stored.read()));
            stored.follow(read -> seal.use(keys(read)));
            return seal;
        } catch (StoreUnavailable unread) {
            throw database.unreachable(unread);
        }
    }

    private static List<SigningKey> keys(List<SigningKeys.Key> stored) {
        return stored.stream()
                .map(key -> new SigningKey(key.id(), key.secret().toByteArray()))
                .toList();
    }

    @Override
    public void close() {
        followed.forEach(SigningKeys::close);
    }
}
