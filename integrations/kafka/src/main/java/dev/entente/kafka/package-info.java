/**
 * Kafka with a service's own database: the outbox's messages to topics, and records processed once. Read {@link
 * dev.entente.kafka.KafkaCarrier} for outgoing messages, {@link dev.entente.kafka.KafkaInbox} for incoming records.
 * This package may use {@code kafka-clients}, JDBC, {@code dev.entente.outbox} and the SDK's internal access to tables.
 * It must never keep a message only in memory, or commit an offset before the effect of its record.
 */
@NullMarked
package dev.entente.kafka;

import org.jspecify.annotations.NullMarked;
