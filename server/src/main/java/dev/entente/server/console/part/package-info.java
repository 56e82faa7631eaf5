/**
 * The parts of pages: texts in each language, times, badges, links, files, the user, and API responses. The package may
 * use gRPC messages, {@code WebResponse} and {@code StatusStyle}. It must not know the content of a page. Open {@code
 * ApiResult} first, then {@code ApiCalls}.
 */
@NullMarked
package dev.entente.server.console.part;

import org.jspecify.annotations.NullMarked;
