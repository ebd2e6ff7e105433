// Loaded into npm before anything of its own: whatever a registry answers or redirects to, npm connects to hosts that
// REGISTRY_NPM_HOSTS names (`host` or `host:port`, parted by spaces), and looks up no other's address.
"use strict";

const net = require("node:net");

const allowed = new Set(process.env.REGISTRY_NPM_HOSTS.split(" "));
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...words) {
  // node:net hands on what it has read of its callers' words as one list.
  const [options] = Array.isArray(words[0]) ? words[0] : words;
  const host = String(options.host).toLowerCase();
  if (allowed.has(host) || allowed.has(`${host}:${options.port}`)) return connect.apply(this, words);
  return this.destroy(Object.assign(new Error(`${host}:${options.port} is not allowed`), { code: "EHOSTNOTALLOWED" }));
};
