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
import dev.entente.v1.Diagnosis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The parts of the coordinator that the services use.
 *
 * @param node this coordinator's name
 * @param peers reads the coordinators that own rows or are not dead
 * @param tables the access to lists of transactions, and to other tables
 * @param joins proves that the caller who registers a child was called for the parent branch
 */
public record ApiDependencies(
        String node,
        Transactions transactions,
        Supplier<CompletableFuture<List<Peer>>> peers,
        PlanCodec codec,
        Directory directory,
        Tables tables,
        JoinTokens joins) {

    /**
     * The access to the tables.
     *
     * @param lease the lease of the coordinators; a release after a failover waits for this time
     * @param cluster the database as of this coordinator's registration
     * @param doctor checks the database and this coordinator; blocks for some seconds
     */
    public record Tables(
            Queries queries,
            AuditLog audit,
            Subscriptions topics,
            Failover failover,
            Duration lease,
            Supplier<ClusterIdentity> cluster,
            Supplier<Diagnosis> doctor) {}
}
