/**
 * Entente in Spring Boot applications: the client, a participant's barrier, outbox and inbox inside Spring's own
 * transactions, the relay's life, health and meters. Configured by {@code entente.*}; each bean gives way to yours.
 */
@NullMarked
package dev.entente.spring;

import org.jspecify.annotations.NullMarked;
