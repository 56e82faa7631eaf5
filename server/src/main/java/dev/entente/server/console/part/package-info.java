/**
 * The parts of pages: texts in each language, times, badges, links, and answers of the API. It may use gRPC messages
 * and {@code Tone}. It must never know a page or a visitor. Open {@code Part} first, then {@code ApiCalls}.
 */
@NullMarked
package dev.entente.server.console.part;

import org.jspecify.annotations.NullMarked;
