package dev.entente.server.api;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Membership.Peer;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Subscriptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The parts of the coordinator that the services use.
 *
 * @param node this coordinator's name
 * @param peers the coordinators that own rows or are not dead, read now
 * @param tables the tables beyond single transactions
 * @param joins prove that who registers a child of another's branch was called for that branch
 */
public record Backend(
        String node,
        Transactions transactions,
        Supplier<CompletableFuture<List<Peer>>> peers,
        PlanCodec codec,
        Directory directory,
        Tables tables,
        JoinTokens joins) {

    /**
     * Reads and writes the tables.
     *
     * @param lease the coordinators', for which a release after a failover waits
     * @param cluster the database as it was when this coordinator registered
     */
    public record Tables(
            Queries queries,
            AuditLog audit,
            Subscriptions topics,
            Failover failover,
            Duration lease,
            Supplier<ClusterIdentity> cluster) {}
}
