/** A name that a person gave, as plain text in its own direction. One line, cut with an ellipsis. */
export function Name({ children, className = '' }: { readonly children: string; readonly className?: string }) {
  return (
    <bdi dir="auto" title={children} className={`block w-fit max-w-full min-w-0 truncate ${className}`}>
      {children}
    </bdi>
  )
}
