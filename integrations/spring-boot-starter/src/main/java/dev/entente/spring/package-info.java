/**
 * Entente in Spring Boot applications: the client, a participant's barrier, outbox and inbox inside Spring's own
 * transactions, the relay's lifecycle, health and meters. Configured by {@code entente.*}; your beans replace these.
 */
@NullMarked
package dev.entente.spring;

import org.jspecify.annotations.NullMarked;
