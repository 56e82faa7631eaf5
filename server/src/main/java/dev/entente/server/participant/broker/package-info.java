/**
 * Records that plans send to brokers, each by its connector. Open {@link
 * dev.entente.server.participant.broker.BrokerParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.broker;

import org.jspecify.annotations.NullMarked;
