/**
 * The store for people and maintenance: schema, failover, lists and counts, audit, subscriptions, retention. It may use
 * the store's contract and the code that both sub-packages share. It must never use the writer's sub-package, nor write
 * an open transaction of a coordinator, except for a failover. Read {@link dev.entente.server.store.admin.Queries}
 * first.
 */
@NullMarked
package dev.entente.server.store.admin;

import org.jspecify.annotations.NullMarked;
