import 'vue'

declare module 'vue' {
  interface HTMLAttributes {
    popover?: 'manual' | 'auto'
    [data: `data-${string}`]: unknown
  }
}
