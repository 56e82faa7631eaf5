/**
 * RocketMQ with a service's own database. Read {@link dev.entente.rocketmq.RocketTransactions} for a message that is
 * sent if and only if a local transaction commits, {@link dev.entente.rocketmq.RocketCarrier} for an outbox. This
 * package may use {@code rocketmq-client}, JDBC, {@code dev.entente.outbox}, {@code dev.entente.participant} and the
 * SDK's internal access to tables. It must never answer a broker's question from memory.
 */
@NullMarked
package dev.entente.rocketmq;

import org.jspecify.annotations.NullMarked;
