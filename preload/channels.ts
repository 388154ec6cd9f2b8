/** Names of the messages between window and main process. */
export const channels = {
  call: "sma:call",
  cancel: "sma:cancel",
  follow: "sma:follow",
  unfollow: "sma:unfollow",
  frame: "sma:frame",
} as const;
