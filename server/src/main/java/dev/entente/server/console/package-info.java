/**
 * The console: pages for people, made from API responses only. The package may use gRPC messages, the SDK's {@code
 * wire} and the HTTP port's {@code Website}. It must not read a table or a coordinator's memory. Read {@link Console}
 * first, then a page such as {@link TransactionsPage}.
 */
@NullMarked
package dev.entente.server.console;

import org.jspecify.annotations.NullMarked;
