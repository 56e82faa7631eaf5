/**
 * Reports on the coordinator itself: metrics, the log's context, trace identities. It may use Micrometer, SLF4J and the
 * nouns. It must never change what happens, nor let a label grow without bound. Open {@link
 * dev.entente.server.telemetry.Metrics} first.
 */
@NullMarked
package dev.entente.server.telemetry;

import org.jspecify.annotations.NullMarked;
