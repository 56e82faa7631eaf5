/**
 * The store for people and upkeep: schema, failover, lists and counts, audit, subscriptions, retention. It may use the
 * store's contract and what both wings share. It must never use the writer's wing, nor write an open transaction that a
 * coordinator holds, save for a failover. Open {@link dev.entente.server.store.admin.Queries} first.
 */
@NullMarked
package dev.entente.server.store.admin;

import org.jspecify.annotations.NullMarked;
