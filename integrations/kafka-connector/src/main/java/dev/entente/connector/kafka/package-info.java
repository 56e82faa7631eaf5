/** The coordinator's connector to Kafka: a separate jar, beside the coordinator's jar. */
@NullMarked
package dev.entente.connector.kafka;

import org.jspecify.annotations.NullMarked;
