package dev.entente.server.api;

import dev.entente.core.plan.Names;
import dev.entente.server.api.access.Caller;
import dev.entente.server.store.Membership.Peer;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DebugTransactionResponse;
import dev.entente.v1.OperatorServiceGrpc;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Selects a transaction for the log of all live coordinators. Thread-safe; does not block. */
final class DebugSelection {
    private static final long STANDARD_SECONDS = Duration.ofMinutes(10).toSeconds();
    private static final long LONGEST_SECONDS = Duration.ofHours(24).toSeconds();

    private final TransactionEventLog log;
    private final Peers peers;
    private final Forwarding forwarding;

    DebugSelection(TransactionEventLog log, Peers peers, Forwarding forwarding) {
        this.log = log;
        this.peers = peers;
        this.forwarding = forwarding;
    }

    /** @throws dev.entente.core.transaction.Refusal ENT-001 or ENT-057 */
    CompletableFuture<DebugTransactionResponse> select(DebugTransactionRequest request, Caller caller) {
        long seconds = request.hasDuration() ? request.getDuration().getSeconds() : STANDARD_SECONDS;
        if (!Names.isGid(request.getGid())) {
            throw Filters.malformed("gid", "write the gid of a root, such as order-4711");
        }
        if (seconds < 1 || seconds > LONGEST_SECONDS) {
            throw Filters.malformed("duration", "write a duration of 1s to 24h");
        }
        log.select(request.getGid(), Duration.ofSeconds(seconds));
        return (caller.isForwarded() ? CompletableFuture.completedFuture(List.<Peer>of()) : peers.others())
                .thenCompose(others -> everywhere(request, caller, others));
    }

    private CompletableFuture<DebugTransactionResponse> everywhere(
            DebugTransactionRequest request, Caller caller, List<Peer> others) {
        var all = CompletableFuture.completedFuture(DebugTransactionResponse.newBuilder());
        for (Peer peer : others.stream().filter(one -> one.deadAt() == null).toList()) {
            var asked = forwarding
                    .look(peer.incarnation(), OperatorServiceGrpc.getDebugTransactionMethod(), request, caller)
                    .handle((_, failure) -> failure == null);
            all = all.thenCombine(asked, (known, isDone) -> isDone ? known : known.addUnanswered(peer.node()));
        }
        return all.thenApply(DebugTransactionResponse.Builder::build);
    }
}
