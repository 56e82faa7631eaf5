/**
 * Records that plans send to brokers through connectors. Read {@link
 * dev.entente.server.participant.broker.BrokerParticipants} first.
 */
@NullMarked
package dev.entente.server.participant.broker;

import org.jspecify.annotations.NullMarked;
