/**
 * The parts of pages: texts in each language, times, badges, links, and API responses. The package may use gRPC
 * messages and {@code StatusStyle}. It must not know a page or a user. Open {@code ApiResult} first, then {@code
 * ApiCalls}.
 */
@NullMarked
package dev.entente.server.console.part;

import org.jspecify.annotations.NullMarked;
