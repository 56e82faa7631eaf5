package dev.entente.server.engine;

import dev.entente.server.store.Membership;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A table of coordinators with contents that the test sets. */
public class FakeMembership implements Membership {
    public static final Renewal ALIVE = new Renewal(true, EngineFixture.NOON);

    /** While set, every query throws this error. */
    @Nullable
    public Error thrown;

    /** The result of a renewal. */
    @Nullable
    public Renewal renewal = ALIVE;

    public int peerQueries;
    List<Peer> peers = new ArrayList<>();

    private <T> CompletableFuture<T> answered(@Nullable T result) {
        if (thrown != null) {
            throw thrown;
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        answer.complete(result);
        return answer;
    }

    @Override
    public CompletableFuture<Renewal> renew() {
        return answered(renewal);
    }

    @Override
    public CompletableFuture<List<Peer>> peers() {
        peerQueries++;
        return answered(peers);
    }

    @Override
    public CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat) {
        return answered(false);
    }

    @Override
    public CompletableFuture<Boolean> isProcessGone(long incarnation) {
        return answered(false);
    }

    @Override
    public CompletableFuture<Void> retire() {
        return answered(null);
    }
}
