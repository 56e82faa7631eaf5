/**
 * Kafka beside a service's own database: the outbox's messages to topics, and records taken once. Open {@link
 * dev.entente.kafka.KafkaCarrier} for what leaves, {@link dev.entente.kafka.KafkaInbox} for what comes. It may use
 * {@code kafka-clients}, JDBC, {@code dev.entente.outbox} and the SDK's internal access to tables. It must never keep a
 * message in memory alone, nor commit an offset before the effect of its record.
 */
@NullMarked
package dev.entente.kafka;

import org.jspecify.annotations.NullMarked;
