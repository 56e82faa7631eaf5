/** The coordinator's way to Kafka: a jar of its own, which is put beside the coordinator's. */
@NullMarked
package dev.entente.connector.kafka;

import org.jspecify.annotations.NullMarked;
