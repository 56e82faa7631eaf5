package dev.entente.server.connector;

import com.google.protobuf.ByteString;

/** The result of an attempt to send a record. */
public sealed interface SendResult {
    /**
     * The broker has stored the record, as durably as its configuration states.
     *
     * @param response the record's position, as JSON
     */
    record Acknowledged(ByteString response) implements SendResult {}

    /**
     * The broker or its client would refuse the record each time: too large, no such topic, not permitted.
     *
     * @param why for people, without the record's content
     */
    record Refused(String why) implements SendResult {}

    /**
     * The effect is unknown: the broker may have stored the record.
     *
     * @param why for people, without the record's content
     */
    record Unanswered(String why) implements SendResult {}
}
