package dev.entente.server.connector;

import com.google.protobuf.ByteString;

/** The end of an attempt to send a record. */
public sealed interface SendResult {
    /**
     * The broker has it, as durably as its configuration says.
     *
     * @param response where it lies, as JSON
     */
    record Acknowledged(ByteString response) implements SendResult {}

    /**
     * The broker, or its client, would refuse it each time: too large, no such topic, not permitted.
     *
     * @param why for people, without the record's content
     */
    record Refused(String why) implements SendResult {}

    /**
     * The broker may have it, or not.
     *
     * @param why for people, without the record's content
     */
    record Unanswered(String why) implements SendResult {}
}
